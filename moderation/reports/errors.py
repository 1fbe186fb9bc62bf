"""What the rules of reporting refuse."""

from community.foundation.errors import Refusal


class ReportReasonUnknown(Refusal):
    """{reason} is no reason for which something can be reported here; `reportReasons` has them."""

    code = "REPORT_REASON_UNKNOWN"
