"""What product tests refuse."""

from community.foundation.errors import Refusal


class ProductTestNotOpen(Refusal):
    """This product test is not open: nothing can be said about its variants."""

    code = "PRODUCT_TEST_NOT_OPEN"


class ProductTestNotDraft(Refusal):
    """This product test is open or closed already; only a draft can be opened."""

    code = "PRODUCT_TEST_NOT_DRAFT"


class ProductTestNotShown(Refusal):
    """This product test is a draft, which nobody has seen yet."""

    code = "PRODUCT_TEST_NOT_SHOWN"
