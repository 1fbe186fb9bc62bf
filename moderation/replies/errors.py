"""What the rules of saved replies refuse."""

from community.foundation.errors import Refusal


class ReplyNameTaken(Refusal):
    """There is a saved reply called {name} already."""

    code = "REPLY_NAME_TAKEN"
