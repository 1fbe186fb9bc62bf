"""The audit log: every act of staff, in a chain that shows whether anything was changed afterwards."""
