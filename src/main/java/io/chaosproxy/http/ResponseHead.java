package io.chaosproxy.http;

/**
 * The head of a response: status and fields.
 *
 * <p>White space that RFC 9112 lets a reader of responses put up with is put up with, and rewritten if the reader is strict.
 * Everything wrong is the upstream's fault, so the client gets a 502.
 */
final class ResponseHead extends Head {

    private static final String OPENING = "HTTP/";
    private static final int STATUS = "HTTP/1.1 ".length();

    private int status;

    ResponseHead(int maxHead, boolean strict) {
        super(maxHead, strict);
    }

    @Override
    void reset() {
        super.reset();
        status = 0;
    }

    /** The status code, 100 to 999. Codes above 599 mean nothing (RFC 9110 §15) but frame like any other. */
    int status() {
        return status;
    }

    @Override
    void checkOpening(int from, int to) throws BadMessage {
        int seen = Math.min(to - from, OPENING.length());
        if (seen > 0 && (octets.at(from) == Syntax.TLS_ALERT || octets.at(from) == Syntax.TLS_HANDSHAKE)) {
            throw bad("upstream speaks TLS; begin it with https://");
        }
        if (!octets.startsWith(from, to, OPENING.substring(0, seen))) {
            throw bad("upstream does not answer in HTTP/1");
        }
    }

    /** {@code HTTP-version SP status-code SP [reason-phrase]}, RFC 9112 §4; the last blank may be missing. */
    @Override
    void startLine(int from, int to) throws BadMessage {
        if (readVersion(from, Math.min(from + STATUS - 1, to)) != 1) {
            throw bad("upstream does not answer in HTTP/1");
        }
        int digits = from + STATUS;
        int end = digits + 3;
        boolean wellFormed = end <= to
                && octets.at(digits - 1) == ' '
                && octets.at(digits) != '0'
                && Syntax.isDigit(octets.at(digits))
                && Syntax.isDigit(octets.at(digits + 1))
                && Syntax.isDigit(octets.at(digits + 2))
                && (end == to || octets.at(end) == ' ');
        if (!wellFormed) {
            throw bad("status is not three digits");
        }
        status = (octets.at(digits) - '0') * 100 + (octets.at(digits + 1) - '0') * 10 + octets.at(digits + 2) - '0';
    }

    @Override
    void emptyLineFirst() throws BadMessage {
        throw bad("empty line instead of a status line");
    }

    @Override
    void headEnded() {
        // nothing is required of a response
    }

    @Override
    boolean lenient() {
        return true;
    }

    @Override
    BadMessage bad(String reason) {
        return new BadMessage(502, reason);
    }

    @Override
    BadMessage tooLarge(int limit, boolean inStartLine) {
        return bad("response head is longer than " + limit + " bytes");
    }
}
