"""Why an image is not taken."""

from community.foundation.errors import Refusal


class ImageUnreadable(Refusal):
    """This is no PNG, JPEG, WebP or GIF image that can be read to its end."""

    code = "IMAGE_UNREADABLE"


class ImageTooLarge(Refusal):
    """This image is too large: at most {most} {what}."""

    code = "IMAGE_TOO_LARGE"
