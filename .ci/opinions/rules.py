"""Why another parser says something else than ours: one rule for each reason.

A rule explains differences of some kinds with some parsers. `we refuse`: the other one has handed on a
message where ours has refused. `they refuse`, `they wait`: the other way round. `target`, `body`, `keep`:
both have handed on the message, and see another target, another body, or another fate of the connection.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from parsers import Message, Verdict


@dataclass(frozen=True)
class Difference:
    parser: str
    kind: str
    framed: str  # "request", or the method to which the response is
    data: bytes
    ours: Verdict
    theirs: Verdict
    at: int  # the message that differs

    @property
    def is_request(self) -> bool:
        return self.framed == "request"

    @property
    def message(self) -> Message:
        """As ours has read it."""
        return self.ours.messages[self.at]


@dataclass(frozen=True)
class Rule:
    name: str
    parsers: str  # their names, with spaces between
    kind: str
    holds: Callable[[Difference], bool]
    section: str
    why: str

    def explains(self, one: Difference) -> bool:
        return (one.parser in self.parsers.split() and one.kind in self.kind.split(", ")
                and self.holds(one))


def request(*ours: str) -> Callable[[Difference], bool]:
    """Ours has refused a request, and said one of these."""
    return lambda one: one.is_request and one.ours.why in ours


def response(*ours: str) -> Callable[[Difference], bool]:
    return lambda one: not one.is_request and one.ours.why in ours


def they_say(pattern: str) -> Callable[[Difference], bool]:
    return lambda one: re.search(pattern, one.theirs.why) is not None


def they_say_of_response(pattern: str) -> Callable[[Difference], bool]:
    return lambda one: not one.is_request and re.search(pattern, one.theirs.why) is not None


def has_no_body(one: Difference) -> bool:
    """An answer that ends with its head, whatever that says."""
    if one.is_request:
        return False
    status = one.message.name
    return (one.framed == "HEAD" or status in ("101", "204", "304") or
            (one.framed == "CONNECT" and status.startswith("2")))


FIELD_LINE = ("a control character", "a CR that no LF follows", "a field line without a colon",
              "a field name that is not a token", "a field without a name",
              "whitespace between a field's name and its colon", "whitespace before the first "
              "field")
LENGTH = ("a Content-Length that is not made of digits", "a Content-Length that no number can hold",
          "a Content-Length without a number", "a second Content-Length",
          "a second Content-Length with another length")
CHUNK = ("a chunk size that no number can hold", "a chunk size without a hexadecimal digit",
         "an LF that no CR precedes", "text after the chunk size that is not an extension")

RULES = [
    Rule("no message either way", "h11 http.client llhttp nginx go", "no message", lambda one: True,
         "RFC 9112 2.2",
         "Some refuse at the first wrong byte, others at the end of a line or of the head. "
         "None passes a message on."),

    # --- requests that ours refuses
    Rule("a target of one of four forms", "h11 llhttp nginx go", "we refuse",
         request("a fragment in the target", "a target * with a method other than OPTIONS",
                 "a target that is neither a path nor a URI", "CONNECT without a host and a port",
                 "a URI without a host", "a byte that is not visible ASCII in the request line"),
         "RFC 9112 3.2",
         "Others pass on whatever is there, so a fragment, *, or a bare name reaches a handler"
         " that expects a path."),
    Rule("a URI of another scheme", "h11 llhttp nginx go", "we refuse",
         request("a target with a scheme other than http"), "RFC 9110 7.4",
         "A request for https that arrives without TLS must be rejected; others leave that to "
         "the handler."),
    Rule("what a Host may hold", "h11 llhttp nginx go", "we refuse",
         request("a host that is neither a name nor an address", "an invalid port"),
         "RFC 9112 3.2",
         "An invalid Host must be answered with 400. Others check for bad bytes at most."),
    Rule("how many Hosts there are", "h11 llhttp go", "we refuse",
         request("a request without Host", "a second Host"), "RFC 9112 3.2",
         "Node requires a Host outside its parser, and takes the first of two; h11 requires "
         "one in HTTP/1.1, but not in HTTP/1.2; Go requires none with CONNECT."),
    Rule("a length that is given twice", "h11 llhttp go", "we refuse",
         request(*LENGTH, "Content-Length beside Transfer-Encoding"), "RFC 9112 6.3",
         "A recipient may take equal lengths as one, and ignore a length beside chunked. A "
         "server that refuses both cannot be made to disagree with its proxy."),
    Rule("chunks in HTTP/1.0", "h11 llhttp go", "we refuse", request("Transfer-Encoding in "
    "HTTP/1.0"),
         "RFC 9112 6.1",
         "Such framing must be treated as faulty. h11 and llhttp read the chunks all the same;"
         " Go ignores the field, and reads what follows as another message."),
    Rule("codings other than chunked", "llhttp", "we refuse",
         request("an unknown transfer coding", "the last transfer coding is not chunked",
                 "a coding without a name"),
         "RFC 9112 6.1",
         "llhttp passes on a body that is still encoded, and takes an empty field to mean that"
         " there is no body."),
    Rule("a folded line", "h11 nginx go", "we refuse",
         request("a field that is folded over two lines"), "RFC 9112 5.2",
         "A server may refuse it or join the lines. nginx drops the second line."),
    Rule("an expectation that is not known", "h11 llhttp nginx go", "we refuse",
         request("an expectation other than 100-continue"), "RFC 9110 10.1.1",
         "417 is allowed, but not required. Go sends it unless the list contains 100-continue,"
         " too."),
    Rule("framing in a trailer", "h11 llhttp nginx go", "we refuse",
         request("a trailer that belongs in the head"), "RFC 9110 6.5.1",
         "In a trailer, framing comes too late to count. Others drop the trailers, or keep "
         "them separate."),
    Rule("another version", "h11 llhttp nginx go", "we refuse",
         request("a version of HTTP other than 1", "no version such as HTTP/1.1 where one should "
         "be"),
         "RFC 9110 2.5",
         "h11 reads HTTP/2.0 as 1.1, llhttp accepts HTTP/0.9, nginx accepts HTTP/1.10, and Go "
         "accepts the first line of an HTTP/2 client as a request."),
    Rule("a request of HTTP/0.9", "llhttp nginx", "we refuse",
         request("a request line without a version"), "RFC 9112 2.3",
         "It is a line without a version, and its answer has no head."),
    Rule("how the line of a chunk ends", "h11 llhttp nginx go", "we refuse",
         request(*CHUNK, "no CRLF after the data of a chunk"), "RFC 9112 7.1",
         "nginx and Go accept LF alone, h11 accepts blanks before the CRLF, and none checks "
         "all extensions. Two parsers that differ by one byte there disagree on where the next"
         " request begins."),
    Rule("a bare CR", "llhttp", "we refuse", request("a CR that no LF follows"), "RFC 9112 2.2",
         "llhttp skips any number of CRs before a request."),
    Rule("what a field line may hold", "h11 llhttp nginx go", "we refuse", request(*FIELD_LINE),
    "RFC 9112 5",
         "nginx ignores an invalid line and accepts the others (ignore_invalid_headers); Go "
         "accepts a field without a name; h11 passes on control characters; llhttp before Node"
         " 20 accepts a space before the colon."),
    Rule("more than one space", "llhttp nginx go", "we refuse",
         request("two spaces where one should be", "a third space: neither target nor version may "
         "hold one"),
         "RFC 9112 3", "A recipient may be lenient here, but then two recipients may see two targets."),

    # --- requests that ours takes
    Rule("a method that it does not know", "llhttp", "they refuse", they_say("HPE_INVALID_METHOD"),
         "RFC 9110 9.1", "llhttp accepts the methods of a list. Ours accepts any token; the handler sees it, "
                         "and the answer is 501 or 405."),
    Rule("a method in other letters", "nginx", "they refuse",
         lambda one: one.is_request and re.fullmatch("[A-Z_-]+", one.message.name) is None,
         "RFC 9110 9.1", "nginx accepts only A to Z, _ and -."),
    Rule("CONNECT", "nginx", "they refuse", lambda one: one.is_request and one.message.name == "CONNECT",
         "RFC 9110 9.3.6", "nginx builds no tunnels, and refuses the request itself."),
    Rule("a line that ends with LF alone", "llhttp", "they refuse",
         lambda one: re.search("Expected CRLF after version|HPE_CR_EXPECTED|Invalid header field "
         "char|"
                               "Invalid response status",
                               one.theirs.why) is not None
         or (one.is_request and "Invalid header value char" in one.theirs.why), "RFC 9112 2.2",
         "A recipient may accept it as a line end, and nc sends it when a request is typed."),
    Rule("empty lines before a request", "h11 go", "they refuse",
         lambda one: one.is_request and re.search(r"no request line|status 400", one.theirs.why) is not None
         and re.search(rb"(^|\n|\w)\r?\n", one.data) is not None,
         "RFC 9112 2.2", "A server should skip at least one. h11 skips CRLF but not LF, Go skips "
         "none."),
    Rule("another minor version", "llhttp", "they refuse", they_say("Invalid HTTP version"),
         "RFC 9110 2.5", "HTTP/1.2 is to be read as the highest minor version that the recipient supports."),
    Rule("an empty Host", "nginx", "they refuse",
         lambda one: re.search(rb"(?i)\nhost:[ \t]*(:\d*)?[ \t]*\r?\n", one.data) is not None,
         "RFC 9112 3.2", "A client sends an empty Host when its target has no authority."),
    Rule("tabs around a value", "nginx", "they refuse",
         lambda one: re.search(rb":[ \t]*\t|\t[ \t]*\r?\n", one.data) is not None, "RFC 9112 5.1",
         "Whitespace around a value, tabs included, is not part of it; nginx removes only "
         "spaces."),
    Rule("an expectation of HTTP/1.0", "go", "they refuse", they_say("status 417"),
    "RFC 9110 10.1.1",
         "A server must ignore 100-continue in a request of HTTP/1.0."),
    Rule("empty elements in a list of codings", "h11 llhttp nginx go", "they refuse",
         lambda one: one.is_request and
         re.search(rb"(?i)transfer-encoding:([ \t]*,|[^\r\n]*,[ \t]*\r?\n)", one.data) is not None,
         "RFC 9110 5.6.1.2", "A recipient must ignore them."),
    Rule("OPTIONS *", "nginx go", "they refuse",
         lambda one: one.is_request and (one.message.name, one.message.target) == ("OPTIONS", "*"),
         "RFC 9110 9.3.7", "Go answers it by itself, and nginx refuses it, so that no handler sees it."),
    Rule("a target that it takes apart", "nginx", "they refuse",
         lambda one: re.search(r"(?i)%(?![0-9a-f]{2})|%00|^http://[^/]*[^\w.:/\[\]-]|\.\.", one.message.target)
         is not None,
         "RFC 3986 2.1",
         "nginx decodes the target at once, and refuses what it cannot decode. Ours passes it on as it "
         "came, and the handler decodes it."),
    Rule("Upgrade", "h11", "keep", lambda one: re.search(rb"(?i)\nupgrade:", one.data) is not None,
         "RFC 9110 7.8", "h11 pauses at an offer of another protocol until its caller accepts or rejects it; "
                         "ours ignores the offer."),
    Rule("a field that may come once", "nginx", "they refuse",
         lambda one: re.search(rb"(?i)\n([\w-]+):(.|\n)*\n\1:", one.data) is not None, "RFC 9110 5.3",
         "nginx refuses any field of its list that comes twice, such as Expect; ours refuses "
         "only fields that determine the framing."),
    Rule("the body of CONNECT", "llhttp", "body",
         lambda one: one.is_request and one.message.name == "CONNECT", "RFC 9110 9.3.6",
         "The body of a CONNECT request has no meaning. llhttp takes it for data of the "
         "tunnel; here the connection ends with the answer."),
    Rule("a URI becomes a path", "nginx", "target",
         lambda one: re.sub("(?i)^http://[^/?]*", "", one.message.target).lstrip("/")
         == one.theirs.messages[one.at].target.lstrip("/"),
         "RFC 9112 3.2.2", "nginx passes on the path, with the host in the field Host."),
    Rule("a word that holds another", "http.client nginx", "keep",
         lambda one: re.search(rb"(?i)connection:(.|\n[ \t])*(close|keep-alive)", one.data) is not None,
         "RFC 9110 7.6.1", "They search for close and keep-alive anywhere in the first field. The value is a "
                           "list of words, and all fields count."),

    # --- responses that ours refuses
    Rule("what a field line of an answer may hold", "h11 http.client llhttp go", "we refuse",
         response(*FIELD_LINE), "RFC 9112 5",
         "http.client ignores a bad line and all lines after it; Go passes on any name, and "
         "h11 passes on control characters."),
    Rule("a length and chunks in an answer", "h11 http.client llhttp go", "we refuse",
         response("Content-Length beside Transfer-Encoding", "Transfer-Encoding in HTTP/1.0"),
         "RFC 9112 6.3",
         "Response splitting relies on recipients that disagree about which of the two counts."),
    Rule("what a length of an answer may be", "http.client go", "we refuse", response(*LENGTH),
         "RFC 9112 6.3", "http.client accepts what int() accepts, and otherwise continues without a length: "
                         "the answer then ends with the connection."),
    Rule("what a coding of an answer may be", "http.client llhttp", "we refuse",
         response("a coding after chunked", "a coding without a name", "chunked has no "
         "parameters"),
         "RFC 9112 7", "http.client compares the whole field with chunked; llhttp compares its end."),
    Rule("the line of a chunk in an answer", "h11 http.client llhttp go", "we refuse",
         response(*CHUNK, "no CRLF after the data of a chunk"), "RFC 9112 7.1",
         "The others skip what they do not check."),
    Rule("the first line of an answer", "h11 http.client llhttp go", "we refuse",
         response("a status that is not a number of three digits", "no space after the status",
                  "no space after the version", "no version such as HTTP/1.1 where one should be",
                  "a version of HTTP other than 1"),
         "RFC 9112 4", "http.client splits at any blanks; h11, llhttp and Go accept other versions or "
                       "numbers."),
    Rule("interim answers without an end", "h11 http.client llhttp go", "we refuse",
         response("too many interim answers"), "RFC 9110 15.2",
         "They could keep a client waiting for ever; ours limits their number."),

    # --- responses that ours takes
    Rule("a head without a body has no framing", "h11 http.client llhttp go", "they refuse",
         lambda one: has_no_body(one) and
         re.search(r"(?i)content.length|OverflowError|transfer.encoding", one.theirs.why) is not None,
         "RFC 9112 6.3",
         "An answer to HEAD, an answer with 1xx, 204 or 304, and one that opens a tunnel end with their "
         "head. Ours ignores their lengths; others refuse wrong lengths there, too."),
    Rule("the same length again", "h11 llhttp go", "they refuse",
         they_say_of_response(r"(?i)content.length"), "RFC 9110 8.6",
         "\"5, 5\" and two equal fields are one length: a recipient may take them."),
    Rule("codings that are not undone", "h11 go", "they refuse",
         they_say_of_response(r"(?i)transfer.encoding"), "RFC 9112 6.3",
         "The body ends with the connection, and the field names its coding. Others support "
         "only chunked."),
    Rule("a folded line of an answer", "llhttp", "they refuse",
         they_say_of_response("Unexpected whitespace after header value|Invalid header value char"),
         "RFC 9112 5.2", "A client must join the lines."),
    Rule("blanks around the size of a chunk", "h11 llhttp go", "they refuse",
         they_say("CHUNK_SIZE|illegal chunk header|chunk length|chunk extensions"),
         "RFC 9112 7.1.1",
         "Some servers write all sizes with the same width; the grammar allows blanks before an "
         "extension."),
    Rule("an upgrade that was not asked for", "h11", "they refuse", they_say("_SWITCH_UPGRADE"),
         "RFC 9110 15.2.2",
         "101 ends the answers of this connection, whether the client asked for it or not."),
    Rule("CONNECT is left to the caller", "http.client", "body, keep, they wait",
         lambda one: one.framed == "CONNECT", "RFC 9112 6.3",
         "http.client handles tunnels outside the class that reads answers."),
    Rule("a body behind a head that has none", "http.client llhttp", "they wait, body", has_no_body,
         "RFC 9112 6.3", "http.client reads chunks there, and llhttp before Node 20 reads as many bytes as "
                         "Content-Length says: bytes that belong to the next answer."),
    Rule("chunked is the last of a list", "http.client llhttp",
         "body, they wait, we wait, they refuse",
         lambda one: not one.is_request and re.search(rb"(?i)transfer-encoding:", one.data) is not None,
         "RFC 9112 6.3", "http.client recognises only a first field that is exactly chunked; llhttp does not "
                         "accept an empty element after it. Both then take all that follows for the body."),
    Rule("a list of lengths is none", "http.client", "body, keep",
         lambda one: re.search(rb"(?i)content-length:.*,|content-length:(.|\n)*content-length:", one.data)
         is not None,
         "RFC 9110 8.6", "http.client cannot read it, and takes the rest of the connection for "
         "the body."),
    Rule("HEAD without a length", "llhttp", "keep", lambda one: one.framed == "HEAD",
    "RFC 9112 9.3",
         "llhttp does not keep a connection after an answer whose body would have ended with "
         "the connection."),
    Rule("HTTP/1.0 that asks to be kept", "h11", "keep",
         lambda one: b"HTTP/1.0" in one.data and re.search(rb"(?i)keep-alive", one.data) is not None,
         "RFC 9112 9.3",
         "h11 never keeps it; ours does if the fields say keep-alive and not close."),
    Rule("HTTP/1.0 that asks for both", "llhttp go", "keep",
         lambda one: re.search(rb"(?i)keep-alive(.|\n)*close|close(.|\n)*keep-alive", one.data) is not None,
         "RFC 9112 9.3", "They obey one of the two words."),
    Rule("the end of a head that was cut off", "http.client", "we wait", lambda one: True,
    "RFC 9112 8",
         "http.client takes the end of the connection for the end of the head, and treats the "
         "answer as complete."),
]
