"""How a proof asks the demo: whatever is not answered disproves it."""

from api.client import Client, Reply


class Disproved(Exception):
    """Something that the demo shows does not work; the message says what."""


def answered(client: Client, path: str, **params: str | int) -> Reply:
    """What a read or a page answers. Raises Disproved for anything but 200."""
    reply = client.get(path, params)
    if reply.status != 200:
        raise Disproved(f"{path} answers with status {reply.status}")
    if path == "/" and b"</html>" not in reply.body:
        raise Disproved("/ is no page")
    return reply
