"""The headers that an answer may have, according to the document."""

# Headers that every answer may have because of HTTP, browsers or proxies, and that no operation documents.
OF_EVERY_ANSWER = {
    "accept-patch",
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "keep-alive",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
    "x-frame-options",
}


def undocumented(sent, documented):
    """The headers of an answer that its operation does not document for its status, in order."""
    names = {name.lower() for name in sent if not name.lower().startswith("access-control-")}
    return sorted(names - OF_EVERY_ANSWER - {name.lower() for name in documented})


def missing(sent, documented):
    """The documented headers that an answer lacks, in order."""
    return sorted({name.lower() for name in documented} - {name.lower() for name in sent})
