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
         "One refuses at the byte that is wrong, another at the end of a line or of a head. None "
         "hands "
         "anything on."),

    # --- requests that ours refuses
    Rule("a target of one of four forms", "h11 llhttp nginx go", "we refuse",
         request("a fragment in the target", "a target * with a method other than OPTIONS",
                 "a target that is neither a path nor a URI", "CONNECT without a host and a port",
                 "a URI without a host", "a byte that is not visible ASCII in the request line"),
         "RFC 9112 3.2",
         "Others hand on what stands there. A fragment, *, or a bare name then reaches a handler "
         "that "
         "expects a path."),
    Rule("a URI of another scheme", "h11 llhttp nginx go", "we refuse",
         request("a target with a scheme other than http"), "RFC 9110 7.4",
         "https over a connection in the clear must be rejected; others leave that to the "
         "handler."),
    Rule("what a Host may hold", "h11 llhttp nginx go", "we refuse",
         request("a host that is neither a name nor an address", "an invalid port"),
         "RFC 9112 3.2",
         "400 is a must for an invalid Host. Others look for bad bytes at most."),
    Rule("how many Hosts there are", "h11 llhttp go", "we refuse",
         request("a request without Host", "a second Host"), "RFC 9112 3.2",
         "Node asks for a Host above its parser, and takes the first of two; h11 asks for one in "
         "HTTP/1.1 only, "
         "and not in HTTP/1.2; Go asks for none with CONNECT."),
    Rule("a length that is given twice", "h11 llhttp go", "we refuse",
         request(*LENGTH, "Content-Length beside Transfer-Encoding"), "RFC 9112 6.3",
         "A recipient may repair equal lengths, and drop a length beside chunked. A server that "
         "refuses "
         "cannot be played against its proxy."),
    Rule("chunks in HTTP/1.0", "h11 llhttp go", "we refuse", request("Transfer-Encoding in "
    "HTTP/1.0"),
         "RFC 9112 6.1",
         "Its framing must be taken for faulty. h11 and llhttp read the chunks all the same; Go "
         "ignores "
         "the field, and what follows is another message."),
    Rule("codings other than chunked", "llhttp", "we refuse",
         request("an unknown transfer coding", "the last transfer coding is not chunked",
                 "a coding without a name"),
         "RFC 9112 6.1",
         "llhttp hands on a body that is still coded, and takes an empty field for no body at "
         "all."),
    Rule("a folded line", "h11 nginx go", "we refuse",
         request("a field that is folded over two lines"), "RFC 9112 5.2",
         "A server may refuse it or put the lines together. nginx drops the second line."),
    Rule("an expectation that is not known", "h11 llhttp nginx go", "we refuse",
         request("an expectation other than 100-continue"), "RFC 9110 10.1.1",
         "417 is allowed, and not demanded. Go says it unless 100-continue is in the list, too."),
    Rule("framing in a trailer", "h11 llhttp nginx go", "we refuse",
         request("a trailer that belongs in the head"), "RFC 9110 6.5.1",
         "It comes too late. Others drop the trailers, or keep them apart."),
    Rule("another version", "h11 llhttp nginx go", "we refuse",
         request("a version of HTTP other than 1", "no version such as HTTP/1.1 where one should "
         "be"),
         "RFC 9110 2.5",
         "h11 reads HTTP/2.0 as 1.1, llhttp hands on HTTP/0.9, nginx takes HTTP/1.10 for a minor "
         "version, and "
         "Go the first line of an HTTP/2 client for a request."),
    Rule("a request of HTTP/0.9", "llhttp nginx", "we refuse",
         request("a request line without a version"), "RFC 9112 2.3",
         "A line without a version: its answer has no head."),
    Rule("how the line of a chunk ends", "h11 llhttp nginx go", "we refuse",
         request(*CHUNK, "no CRLF after the data of a chunk"), "RFC 9112 7.1",
         "nginx and Go end it with LF alone, h11 with blanks before the CRLF; and none reads all "
         "extensions. "
         "One byte more or less there is where another request begins."),
    Rule("a bare CR", "llhttp", "we refuse", request("a CR that no LF follows"), "RFC 9112 2.2",
         "llhttp skips any number of CRs before a request."),
    Rule("what a field line may hold", "h11 llhttp nginx go", "we refuse", request(*FIELD_LINE),
    "RFC 9112 5",
         "nginx leaves a line that is no field out, and takes the others "
         "(ignore_invalid_headers); Go takes "
         "a field without a name, h11 hands on control characters. llhttp before Node 20 takes a "
         "space before "
         "the colon."),
    Rule("more than one space", "llhttp nginx go", "we refuse",
         request("two spaces where one should be", "a third space: neither target nor version may "
         "hold one"),
         "RFC 9112 3", "A recipient may be lenient here, and then two of them may see two "
         "targets."),

    # --- requests that ours takes
    Rule("a method that it does not know", "llhttp", "they refuse", they_say("HPE_INVALID_METHOD"),
         "RFC 9110 9.1", "llhttp has a list. To an unknown method we say 501 or 405, when the "
         "handler has "
         "seen it: a token is a method."),
    Rule("a method in other letters", "nginx", "they refuse",
         lambda one: one.is_request and re.fullmatch("[A-Z_-]+", one.message.name) is None,
         "RFC 9110 9.1", "nginx knows A to Z, _ and - only."),
    Rule("CONNECT", "nginx", "they refuse", lambda one: one.is_request and one.message.name == "CONNECT",
         "RFC 9110 9.3.6", "nginx builds no tunnels, and says so itself."),
    Rule("a line that ends with LF alone", "llhttp", "they refuse",
         lambda one: re.search("Expected CRLF after version|HPE_CR_EXPECTED|Invalid header field "
         "char|"
                               "Invalid response status",
                               one.theirs.why) is not None
         or (one.is_request and "Invalid header value char" in one.theirs.why), "RFC 9112 2.2",
         "A recipient may take it for a line end, and a person who types a request into nc sends "
         "it."),
    Rule("empty lines before a request", "h11 go", "they refuse",
         lambda one: one.is_request and re.search(r"no request line|status 400", one.theirs.why) is not None
         and re.search(rb"(^|\n|\w)\r?\n", one.data) is not None,
         "RFC 9112 2.2", "A server should skip at least one. h11 skips CRLF but not LF, Go skips "
         "none."),
    Rule("another minor version", "llhttp", "they refuse", they_say("Invalid HTTP version"),
         "RFC 9110 2.5", "HTTP/1.2 is to be read as the highest minor version that one knows."),
    Rule("an empty Host", "nginx", "they refuse",
         lambda one: re.search(rb"(?i)\nhost:[ \t]*(:\d*)?[ \t]*\r?\n", one.data) is not None,
         "RFC 9112 3.2", "It is what a client sends where its target has no authority."),
    Rule("tabs around a value", "nginx", "they refuse",
         lambda one: re.search(rb":[ \t]*\t|\t[ \t]*\r?\n", one.data) is not None, "RFC 9112 5.1",
         "Whitespace around a value is no part of it, tabs included; nginx takes off spaces."),
    Rule("an expectation of HTTP/1.0", "go", "they refuse", they_say("status 417"),
    "RFC 9110 10.1.1",
         "A client of HTTP/1.0 cannot have one, and a server must not heed it."),
    Rule("empty elements in a list of codings", "h11 llhttp nginx go", "they refuse",
         lambda one: one.is_request and
         re.search(rb"(?i)transfer-encoding:([ \t]*,|[^\r\n]*,[ \t]*\r?\n)", one.data) is not None,
         "RFC 9110 5.6.1.2", "A recipient must ignore them."),
    Rule("OPTIONS *", "nginx go", "they refuse",
         lambda one: one.is_request and (one.message.name, one.message.target) == ("OPTIONS", "*"),
         "RFC 9110 9.3.7", "Go answers it by itself, nginx refuses it: no handler sees it."),
    Rule("a target that it takes apart", "nginx", "they refuse",
         lambda one: re.search(r"(?i)%(?![0-9a-f]{2})|%00|^http://[^/]*[^\w.:/\[\]-]|\.\.", one.message.target)
         is not None,
         "RFC 3986 2.1", "nginx decodes it at once, and refuses what it cannot decode. We hand it "
         "on as it "
         "came; what is served from it is for the handler to say."),
    Rule("Upgrade", "h11", "keep", lambda one: re.search(rb"(?i)\nupgrade:", one.data) is not None,
         "RFC 9110 7.8", "h11 stops at an offer of another protocol until it is told what comes "
         "of it; we "
         "ignore the offer."),
    Rule("a field that may come once", "nginx", "they refuse",
         lambda one: re.search(rb"(?i)\n([\w-]+):(.|\n)*\n\1:", one.data) is not None, "RFC 9110 5.3",
         "nginx refuses any field of its list that comes twice, Expect for one; we those that "
         "frame."),
    Rule("the body of CONNECT", "llhttp", "body",
         lambda one: one.is_request and one.message.name == "CONNECT", "RFC 9110 9.3.6",
         "A body of CONNECT means nothing. llhttp takes it for the tunnel's; here the connection "
         "ends with the "
         "answer."),
    Rule("a URI becomes a path", "nginx", "target",
         lambda one: re.sub("(?i)^http://[^/?]*", "", one.message.target).lstrip("/")
         == one.theirs.messages[one.at].target.lstrip("/"),
         "RFC 9112 3.2.2", "nginx passes the path on, and the host in the field Host."),
    Rule("a word that holds another", "http.client nginx", "keep",
         lambda one: re.search(rb"(?i)connection:(.|\n[ \t])*(close|keep-alive)", one.data) is not None,
         "RFC 9110 7.6.1", "They look for close and keep-alive anywhere in the first field; it is "
         "a list of "
         "words, of all fields together."),

    # --- responses that ours refuses
    Rule("what a field line of an answer may hold", "h11 http.client llhttp go", "we refuse",
         response(*FIELD_LINE), "RFC 9112 5",
         "http.client leaves a bad line, and all that follow it, out of the head; Go hands on any "
         "name, h11 "
         "control characters."),
    Rule("a length and chunks in an answer", "h11 http.client llhttp go", "we refuse",
         response("Content-Length beside Transfer-Encoding", "Transfer-Encoding in HTTP/1.0"),
         "RFC 9112 6.3",
         "Which of the two counts is what response splitting rests on."),
    Rule("what a length of an answer may be", "http.client go", "we refuse", response(*LENGTH),
         "RFC 9112 6.3", "http.client takes what int() reads and continues without a length if it "
         "reads "
         "nothing: the answer then ends anywhere."),
    Rule("what a coding of an answer may be", "http.client llhttp", "we refuse",
         response("a coding after chunked", "a coding without a name", "chunked has no "
         "parameters"),
         "RFC 9112 7", "http.client compares the field with chunked; llhttp looks at its end."),
    Rule("the line of a chunk in an answer", "h11 http.client llhttp go", "we refuse",
         response(*CHUNK, "no CRLF after the data of a chunk"), "RFC 9112 7.1",
         "The others skip what they do not look at."),
    Rule("the first line of an answer", "h11 http.client llhttp go", "we refuse",
         response("a status that is not a number of three digits", "no space after the status",
                  "no space after the version", "no version such as HTTP/1.1 where one should be",
                  "a version of HTTP other than 1"),
         "RFC 9112 4", "http.client splits at any blanks; h11, llhttp and Go take other versions "
         "or numbers."),
    Rule("interim answers without an end", "h11 http.client llhttp go", "we refuse",
         response("too many interim answers"), "RFC 9110 15.2", "A client may be kept waiting; we "
         "count."),

    # --- responses that ours takes
    Rule("a head without a body has no framing", "h11 http.client llhttp go", "they refuse",
         lambda one: has_no_body(one) and
         re.search(r"(?i)content.length|OverflowError|transfer.encoding", one.theirs.why) is not None,
         "RFC 9112 6.3", "An answer to HEAD, 1xx, 204, 304, and a tunnel end with their head. We "
         "do not look "
         "at its lengths; others refuse them there, too."),
    Rule("the same length again", "h11 llhttp go", "they refuse",
         they_say_of_response(r"(?i)content.length"), "RFC 9110 8.6",
         "\"5, 5\" and two equal fields are one length: a recipient may take them."),
    Rule("codings that are not undone", "h11 go", "they refuse",
         they_say_of_response(r"(?i)transfer.encoding"), "RFC 9112 6.3",
         "The body goes up to the end of the connection, and the field says what it is. Others "
         "know chunked "
         "only."),
    Rule("a folded line of an answer", "llhttp", "they refuse",
         they_say_of_response("Unexpected whitespace after header value|Invalid header value char"),
         "RFC 9112 5.2", "A client must put the lines together."),
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
         "http.client knows of tunnels above the class that reads answers."),
    Rule("a body behind a head that has none", "http.client llhttp", "they wait, body", has_no_body,
         "RFC 9112 6.3", "http.client reads chunks there, and llhttp before Node 20 as many "
         "bytes as a Content-Length says, and so takes what belongs to the next answer."),
    Rule("chunked is the last of a list", "http.client llhttp",
         "body, they wait, we wait, they refuse",
         lambda one: not one.is_request and re.search(rb"(?i)transfer-encoding:", one.data) is not None,
         "RFC 9112 6.3", "http.client knows a first field that says chunked and nothing else; "
         "llhttp does not "
         "know an empty element behind it. Both then take all that comes for the body."),
    Rule("a list of lengths is none", "http.client", "body, keep",
         lambda one: re.search(rb"(?i)content-length:.*,|content-length:(.|\n)*content-length:", one.data)
         is not None,
         "RFC 9110 8.6", "http.client cannot read it, and takes the rest of the connection for "
         "the body."),
    Rule("HEAD without a length", "llhttp", "keep", lambda one: one.framed == "HEAD",
    "RFC 9112 9.3",
         "llhttp keeps no connection behind an answer whose body would have gone up to the end."),
    Rule("HTTP/1.0 that asks to be kept", "h11", "keep",
         lambda one: b"HTTP/1.0" in one.data and re.search(rb"(?i)keep-alive", one.data) is not None,
         "RFC 9112 9.3",
         "h11 never keeps it; we do, if it asks with Connection: keep-alive and not with close."),
    Rule("HTTP/1.0 that asks for both", "llhttp go", "keep",
         lambda one: re.search(rb"(?i)keep-alive(.|\n)*close|close(.|\n)*keep-alive", one.data) is not None,
         "RFC 9112 9.3", "They heed one of the two words."),
    Rule("the end of a head that was cut off", "http.client", "we wait", lambda one: True,
    "RFC 9112 8",
         "http.client takes the end of the connection for the end of the head, and the answer for "
         "whole."),
]
