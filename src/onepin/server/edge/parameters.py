"""What stands in the paths of operations, each described once. The gate fills them; FastAPI only documents them."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

KeyId = Annotated[UUID, Path(description="The id of the key, a UUID.")]
WorkspaceId = Annotated[UUID, Path(description="The id of the workspace, a UUID.")]
MemberId = Annotated[UUID, Path(description="The id of the member, a UUID, as the list of members has it.")]
InviteId = Annotated[UUID, Path(description="The id of the invite, a UUID. It is not the invite's token.")]
SessionId = Annotated[UUID, Path(description="The id of the session, a UUID, as the list of sessions has it.")]
InviteToken = Annotated[str, Path(description="The token of the invite, from its link: `pk_invite_…`.")]
UserCode = Annotated[
    str,
    Path(description="The code that the device shows, such as `WDJB-MJHT`. Case and punctuation do not matter."),
]
