package io.chaosproxy.http;

import java.util.List;

/**
 * How the end of a message body is found, decided by its head alone in the order of RFC 9112 §6.3.
 *
 * <p>Where that text lets a reader repair a doubtful message, it is refused instead: the bytes go on untouched, so what
 * one reader repairs the next one may read differently.
 */
enum Framing {
    /** No body. */
    NONE,
    /** As many bytes as {@code Content-Length} says. */
    LENGTH,
    /** Chunks, the last one empty, and a trailer section. */
    CHUNKED,
    /** Everything until the upstream closes. */
    UNTIL_CLOSE,
    /** No longer HTTP, both ways, until either side closes. */
    TUNNEL;

    private static final String CODING = "Transfer-Encoding";
    /** The registered ones, RFC 9112 §7.3, with the older names that §7.2 has for two of them. */
    private static final List<String> CODINGS =
            List.of("chunked", "gzip", "deflate", "compress", "x-gzip", "x-compress");

    private static final String SIZE = "Content-Length";

    static Framing of(RequestHead head) throws BadMessage {
        refuseBoth(head);
        if (!head.has(CODING)) {
            return lengthOf(head) < 0 ? NONE : LENGTH;
        }
        if (head.minor() == 0) {
            throw head.bad("Transfer-Encoding in an HTTP/1.0 request"); // RFC 9112 §6.1
        }
        if (!endsChunked(head)) {
            throw head.bad("last transfer coding of the request is not chunked"); // RFC 9112 §6.3, item 4
        }
        if (head.isStrict()) {
            checkCodings(head);
        }
        return CHUNKED;
    }

    /** Framing of a response to a request with that method. */
    static Framing of(ResponseHead head, String method) throws BadMessage {
        int status = head.status();
        if (status == 101 || (status / 100 == 2 && method.equals("CONNECT"))) {
            return TUNNEL; // RFC 9110 §15.2.2; RFC 9112 §6.3, item 2
        }
        if (status < 200 || status == 204 || status == 304 || method.equals("HEAD")) {
            return NONE; // RFC 9112 §6.3, item 1, whatever the fields say
        }
        refuseBoth(head);
        if (head.has(CODING)) {
            if (!endsChunked(head)) {
                return UNTIL_CLOSE;
            }
            if (head.isStrict()) {
                checkCodings(head);
            }
            return CHUNKED;
        }
        return lengthOf(head) < 0 ? UNTIL_CLOSE : LENGTH;
    }

    /** The announced number of bytes, or -1 without {@code Content-Length}; RFC 9110 §8.6. */
    static long lengthOf(Head head) throws BadMessage {
        int i = head.find(SIZE, 0);
        if (i < 0) {
            return -1;
        }
        if (head.find(SIZE, i + 1) >= 0) {
            throw head.bad("more than one Content-Length"); // RFC 9112 §6.3, item 5
        }
        int to = head.valueTo(i);
        int from = head.valueFrom(i);
        if (from == to) {
            throw head.bad("empty Content-Length");
        }
        long length = 0;
        for (int at = from; at < to; at++) {
            int digit = head.octets.at(at) - '0';
            if (digit < 0 || digit > 9) {
                throw head.bad("Content-Length contains " + Syntax.show(head.octets.at(at)));
            }
            if (length > (Long.MAX_VALUE - digit) / 10) {
                throw head.bad("Content-Length is beyond all bounds");
            }
            length = length * 10 + digit;
        }
        return length;
    }

    private static void refuseBoth(Head head) throws BadMessage {
        if (head.has(CODING) && head.has(SIZE)) {
            throw head.bad("Transfer-Encoding together with Content-Length"); // RFC 9112 §6.1 and §6.3, item 3
        }
    }

    /** Whether chunked is the last transfer coding; refuses it twice, with parameters, or beside what is no coding. */
    private static boolean endsChunked(Head head) throws BadMessage {
        int chunked = 0;
        boolean last = false;
        for (int i = head.find(CODING, 0); i >= 0; i = head.find(CODING, i + 1)) {
            int to = head.valueTo(i);
            for (int from = head.valueFrom(i), comma; from < to; from = comma + 1) {
                comma = head.octets.indexOf(',', from, to);
                int start = head.octets.skipSpace(from, comma);
                int end = head.octets.trimmedEnd(start, comma);
                if (start < end) { // empty list elements do not count, RFC 9110 §5.6.1
                    last = isChunked(head, start, end);
                    chunked += last ? 1 : 0;
                }
            }
        }
        if (chunked > 1) {
            throw head.bad("chunked more than once"); // RFC 9112 §6.1
        }
        return last;
    }

    /** Refuses what some readers of the list skip, take for no coding, or compare with chunked as a whole. */
    private static void checkCodings(Head head) throws BadMessage {
        for (int i = head.find(CODING, 0); i >= 0; i = head.find(CODING, i + 1)) {
            int to = head.valueTo(i);
            int from = head.valueFrom(i);
            int comma;
            do {
                comma = head.octets.indexOf(',', from, to);
                int start = head.octets.skipSpace(from, comma);
                checkCoding(head, start, head.octets.trimmedEnd(start, comma));
                from = comma + 1;
            } while (comma < to);
        }
    }

    private static void checkCoding(Head head, int from, int to) throws BadMessage {
        if (from == to) {
            throw head.bad("empty element in Transfer-Encoding"); // RFC 9110 §5.6.1: it must not be sent
        }
        int nameEnd = head.octets.tokenEnd(from, to);
        if (head.octets.equal(from, nameEnd, "identity")) {
            throw head.bad("identity is no transfer coding"); // RFC 9112 §7 and its appendix C.3
        }
        boolean known = CODINGS.stream().anyMatch(coding -> head.octets.equal(from, nameEnd, coding));
        if (known && nameEnd < to) {
            throw head.bad("transfer coding with parameters"); // RFC 9112 §7.1 and §7.2: an error
        }
        if (!known && head instanceof RequestHead) {
            throw new BadMessage(501, "transfer coding that is not known here"); // RFC 9112 §6.1
        }
    }

    private static boolean isChunked(Head head, int from, int to) throws BadMessage {
        int nameEnd = head.octets.tokenEnd(from, to);
        boolean chunked = head.octets.equal(from, nameEnd, "chunked");
        if (nameEnd == to) {
            return chunked;
        }
        int semicolon = head.octets.skipSpace(nameEnd, to);
        if (nameEnd == from || semicolon == to || head.octets.at(semicolon) != ';') {
            throw head.bad("Transfer-Encoding contains " + Syntax.show(head.octets.at(nameEnd)));
        }
        if (chunked) {
            throw head.bad("chunked with parameters"); // RFC 9112 §7.1
        }
        if (head.octets.indexOf('"', semicolon, to) < to) {
            throw head.bad("quoted parameter of a transfer coding"); // its comma would end the coding for some readers
        }
        return false;
    }
}
