"""Why an embedded server cannot be started: each is one sentence that says what to do."""


class CannotStart(Exception):
    """The embedded PostgreSQL cannot be used; the message is a sentence for the operator."""


class NothingToStart(CannotStart):
    """ALLOT_DATABASE_URL names a server that is somebody else's to start and stop."""


class NoBinaries(CannotStart):
    """No usable PostgreSQL was found."""


class OtherMajorVersion(CannotStart):
    """The cluster was made by another major version, whose files these binaries cannot read."""


class ServerFailed(CannotStart):
    """PostgreSQL itself gave up; the message ends with the last lines of its log."""
