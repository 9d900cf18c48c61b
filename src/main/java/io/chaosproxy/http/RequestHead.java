package io.chaosproxy.http;

import java.util.List;

/**
 * The head of a request: method, target, fields.
 *
 * <p>A client gets little leniency, since every doubt here is a way to smuggle a request past one of two readers. Empty
 * lines before the request line are part of the head (RFC 9112 §2.2), so that they travel with it.
 */
final class RequestHead extends Head {

    private static final List<String> COMMON_METHODS =
            List.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE");

    /** How much of an unfinished request line is checked at each scan; no registered method is longer. */
    private static final int OPENING = 24;

    /** Upper bound of empty lines before the request line. */
    static final int MAX_EMPTY_LINES = 32;

    private String method = "";
    private int emptyLines;
    private int targetFrom;
    private int targetTo;
    private boolean wantsUpgrade;
    private boolean expectsContinue;

    RequestHead(int maxHead) {
        super(maxHead);
    }

    @Override
    void reset() {
        super.reset();
        method = "";
        emptyLines = 0;
        targetFrom = 0;
        targetTo = 0;
        wantsUpgrade = false;
        expectsContinue = false;
    }

    /** The method as it came, for methods are case-sensitive (RFC 9110 §9.1). */
    String method() {
        return method;
    }

    /** The request target byte for byte. */
    String target() {
        return octets.text(targetFrom, targetTo);
    }

    /** The target without its query, of an absolute URI the path alone; {@code *} and {@code host:port} as they are. */
    String path() {
        String target = target();
        int authority = authorityOf(target);
        int query = target.indexOf('?');
        int to = query < 0 ? target.length() : query;
        if (authority < 0) {
            return target.substring(0, to);
        }
        int slash = target.indexOf('/', authority);
        return slash < 0 || slash >= to ? "/" : target.substring(slash, to);
    }

    /** Host and port as the client named them, or "". An absolute target outdoes the field, RFC 9112 §3.2.2. */
    String host() {
        String target = target();
        int from = authorityOf(target);
        if (from < 0) {
            String field = first("Host");
            return field == null ? "" : field;
        }
        int to = from;
        while (to < target.length() && "/?#".indexOf(target.charAt(to)) < 0) {
            to++;
        }
        String authority = target.substring(from, to);
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** Whether the client would go on in another protocol; HTTP/1.0 cannot, RFC 9110 §7.8. */
    boolean wantsUpgrade() {
        return wantsUpgrade;
    }

    /** Whether the client may wait for a 100 before it sends the body; HTTP/1.0 does not, RFC 9110 §10.1.1. */
    boolean expectsContinue() {
        return expectsContinue;
    }

    @Override
    void checkOpening(int from, int to) throws BadMessage {
        int end = Math.min(to, from + OPENING);
        int methodEnd = octets.tokenEnd(from, end);
        if (methodEnd < end && (methodEnd == from || octets.at(methodEnd) != ' ')) {
            throw badMethod(methodEnd);
        }
    }

    /** {@code method SP request-target SP HTTP-version}, RFC 9112 §3, with single blanks. */
    @Override
    void startLine(int from, int to) throws BadMessage {
        int methodEnd = octets.tokenEnd(from, to);
        if (methodEnd == from || (methodEnd < to && octets.at(methodEnd) != ' ')) {
            throw badMethod(methodEnd); // RFC 9110 §9.1
        }
        int targetStart = Math.min(methodEnd + 1, to);
        int targetEnd = octets.indexOf(' ', targetStart, to);
        if (targetEnd == targetStart) {
            throw bad("request line without a target");
        }
        for (int i = targetStart; i < targetEnd; i++) {
            if (octets.at(i) < ' ' || octets.at(i) == 0x7F) {
                throw bad("request target contains " + Syntax.show(octets.at(i))); // RFC 9112 §3.2
            }
        }
        if (targetEnd == to) {
            throw bad("request line without a version"); // RFC 9112 §3
        }
        int major = readVersion(targetEnd + 1, to);
        if (major < 0) {
            throw bad("request line does not end with a blank and an HTTP version");
        }
        if (major != 1) {
            throw new BadMessage(505, "HTTP/" + major + " is not spoken here, only HTTP/1"); // RFC 9110 §15.6.6
        }
        method = readMethod(from, methodEnd);
        targetFrom = targetStart;
        targetTo = targetEnd;
    }

    @Override
    void emptyLineFirst() throws BadMessage {
        if (++emptyLines > MAX_EMPTY_LINES) { // RFC 9112 §2.2: a server should ignore at least one
            throw bad("more than " + MAX_EMPTY_LINES + " empty lines instead of a request");
        }
    }

    @Override
    void headEnded() throws BadMessage {
        int host = find("Host", 0);
        if (host < 0 && minor() > 0) {
            throw bad("HTTP/1.1 request without a Host field"); // RFC 9112 §3.2
        }
        if (host >= 0 && find("Host", host + 1) >= 0) {
            throw bad("more than one Host field"); // RFC 9112 §3.2
        }
        wantsUpgrade = minor() > 0 && has("Upgrade") && hasToken("Connection", "upgrade");
        expectsContinue = minor() > 0 && hasToken("Expect", "100-continue");
    }

    @Override
    boolean lenient() {
        return false;
    }

    @Override
    BadMessage bad(String reason) {
        return new BadMessage(400, reason);
    }

    @Override
    BadMessage tooLarge(int limit, boolean inStartLine) {
        if (inStartLine) {
            return new BadMessage(414, "request line is longer than " + limit + " bytes"); // RFC 9112 §3
        }
        return new BadMessage(431, "request head is longer than " + limit + " bytes"); // RFC 6585 §5
    }

    private BadMessage badMethod(int offset) {
        return bad("request method contains " + Syntax.show(octets.at(offset)));
    }

    private String readMethod(int from, int to) {
        for (String common : COMMON_METHODS) {
            if (common.length() == to - from && octets.startsWith(from, to, common)) {
                return common;
            }
        }
        return octets.text(from, to);
    }

    /** Where the authority of an absolute URI begins, or -1 if the target has another form; RFC 3986 §3.1. */
    private static int authorityOf(String target) {
        int colon = target.indexOf("://");
        if (colon <= 0) {
            return -1;
        }
        for (int i = 0; i < colon; i++) {
            char c = target.charAt(i);
            boolean letter = Syntax.lower(c) >= 'a' && Syntax.lower(c) <= 'z';
            if (!letter && (i == 0 || (!Syntax.isDigit(c) && "+-.".indexOf(c) < 0))) {
                return -1;
            }
        }
        return colon + 3;
    }
}
