"""What happens to images, as the names of the events that tell of it.

`actor_id` is who did it (none: the system), `member_id` whose it is; `space_id` where alone it was shown, if anywhere.
"""

IMAGE_UPLOADED = "ImageUploaded"
"""A member has uploaded an image that they had not before. data: media_type."""

IMAGE_REMOVED = "ImageRemoved"
"""An image is no longer served to others. data: visibility (1 hidden, 2 removed), reason, decision."""

IMAGE_RESTORED = "ImageRestored"
"""An image is served again. data: visibility, reason, decision."""
