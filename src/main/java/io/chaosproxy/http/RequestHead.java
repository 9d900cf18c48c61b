package io.chaosproxy.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The head of a request: method, target, fields.
 *
 * <p>A client gets little leniency, since every doubt here is a way to smuggle a request past one of two readers. Empty
 * lines before the request line are part of the head (RFC 9112 §2.2), so that they travel with it.
 */
final class RequestHead extends Head {

    private static final List<String> COMMON_METHODS =
            List.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE");

    private static final List<String> FRAMING = List.of("Content-Length", "Transfer-Encoding", "Host");

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
    private boolean sentInOriginForm;
    private final boolean ignoresHost;

    RequestHead(int maxHead, boolean strict) {
        this(maxHead, strict, false);
    }

    /**
     * Empty.
     *
     * @param ignoresHost whether the target alone says where a request goes, and another Host is no mistake: a proxy to which clients name
     *     targets has to ignore the field (RFC 9112 §3.2.2), and some put the proxy's name there
     */
    RequestHead(int maxHead, boolean strict, boolean ignoresHost) {
        super(maxHead, strict);
        this.ignoresHost = ignoresHost;
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
        sentInOriginForm = false;
    }

    /** The method as it came, for methods are case-sensitive (RFC 9110 §9.1). */
    String method() {
        return method;
    }

    /** Where the request target begins, from the first byte of the head. */
    int targetFrom() {
        return targetFrom;
    }

    /** Where it ends, exclusive. */
    int targetTo() {
        return targetTo;
    }

    /** The request target byte for byte. */
    String target() {
        return octets.text(targetFrom, targetTo);
    }

    /** The target without its query, of an absolute URI the path alone; {@code *} and {@code host:port} as they are. */
    String path() {
        return pathOf(target());
    }

    /** The path of this target, as {@link #path} has it. */
    static String pathOf(String target) {
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
        String authority = target.substring(from, authorityEnd(target, from));
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** Whether the target is an absolute URI, whose host outdoes the {@code Host} field. */
    boolean isAbsolute() {
        return !method.equals("CONNECT") && authorityOf(target()) >= 0;
    }

    /**
     * Has an absolute target rewritten as the path and query that a request to an origin server has, RFC 9112 §3.2.1; takes
     * effect in {@link #rewritten}.
     */
    void sendInOriginForm() {
        sentInOriginForm = true;
    }

    @Override
    byte[] opening() {
        byte[] opening = super.opening();
        if (!sentInOriginForm) {
            return opening;
        }
        String text = new String(opening, StandardCharsets.ISO_8859_1);
        int from = text.indexOf(' ') + 1; // a method has no blank, and neither have empty lines
        int to = text.indexOf(' ', from);
        return (text.substring(0, from) + originForm() + text.substring(to)).getBytes(StandardCharsets.ISO_8859_1);
    }

    private String originForm() {
        String target = target();
        String rest = target.substring(authorityEnd(target, authorityOf(target)));
        if (rest.isEmpty() && method.equals("OPTIONS")) {
            return "*"; // RFC 9112 §3.2.4
        }
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    private static int authorityEnd(String target, int from) {
        int to = from;
        while (to < target.length() && "/?#".indexOf(target.charAt(to)) < 0) {
            to++;
        }
        return to;
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
        if (from < end && octets.at(from) == Syntax.TLS_HANDSHAKE) {
            // Answered in plain text all the same: clients tell best from that what happened, such as Go's "server gave
            // HTTP
            // response to HTTPS client".
            throw bad("this is TLS; set tls { ... } on the listener, or protocol = tcp");
        }
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
            // RFC 9110 §15.6.6
            throw new BadMessage(
                    505, "HTTP/" + major + " is not spoken here, only HTTP/1; for HTTP/2 use protocol = tcp");
        }
        method = readMethod(from, methodEnd);
        targetFrom = targetStart;
        targetTo = targetEnd;
        if (isStrict()) {
            checkTarget();
        }
    }

    /** Whether the target has a form that the method may have, RFC 9112 §3.2. */
    private void checkTarget() throws BadMessage {
        if (octets.indexOf('#', targetFrom, targetTo) < targetTo) {
            throw bad("request target contains a fragment"); // RFC 9112 §3.2: no form has one
        }
        boolean path = octets.at(targetFrom) == '/';
        if (method.equals("CONNECT")) {
            if (path
                    || Authority.of(target()).filter(to -> !to.port().isEmpty()).isEmpty()) {
                throw bad("target of CONNECT is not host:port"); // RFC 9112 §3.2.3
            }
        } else if (!path && !(method.equals("OPTIONS") && target().equals("*"))) { // RFC 9112 §3.2.1 and §3.2.4
            if (authorityOf(target()) < 0) {
                throw bad("request target is neither a path nor an absolute URI");
            }
            checkAuthority();
        }
    }

    private void checkAuthority() throws BadMessage {
        Optional<Authority> authority = targetAuthority();
        if (authority.isEmpty()) {
            int from = authorityOf(target());
            boolean hasUser = target().substring(from).split("[/?]", 2)[0].indexOf('@') >= 0;
            throw bad(
                    hasUser
                            ? "absolute request target with user information" // RFC 9110 §4.2.4
                            : "absolute request target with a bad host or port");
        }
        if (authority.get().host().isEmpty()) {
            throw bad("absolute request target without a host"); // RFC 9110 §4.2.1
        }
    }

    /** Whether the Host field is a host, RFC 9112 §3.2, and the one of the target, RFC 9110 §7.2. */
    private void checkHost(int field) throws BadMessage {
        if (octets.at(targetFrom) == '/' && isPlainHost(valueFrom(field), valueTo(field))) {
            return; // as nearly always; nothing is allocated
        }
        Optional<Authority> host = Authority.of(value(field));
        if (host.isEmpty()) {
            throw bad("Host is not a host with or without a port");
        }
        Optional<Authority> target = targetAuthority();
        if (target.isPresent() && !ignoresHost && !target.get().isSame(host.get(), usualPort())) {
            throw bad("Host is not that of the request target");
        }
    }

    /** A name or IPv4 address, perhaps with a port. */
    private boolean isPlainHost(int from, int to) {
        int at = from;
        while (at < to && Syntax.isHostChar(octets.at(at))) {
            at++;
        }
        if (at == to) {
            return true;
        }
        int port = 0;
        for (int i = at + 1; i < to; i++) {
            if (!Syntax.isDigit(octets.at(i)) || port > Authority.MAX_PORT) {
                return false;
            }
            port = port * 10 + octets.at(i) - '0';
        }
        return octets.at(at) == ':' && port <= Authority.MAX_PORT;
    }

    /** What the target names besides a path, as absolute and CONNECT's targets do. */
    private Optional<Authority> targetAuthority() {
        if (octets.at(targetFrom) == '/') {
            return Optional.empty();
        }
        String target = target();
        if (method.equals("CONNECT")) {
            return Authority.of(target);
        }
        int from = authorityOf(target);
        return from < 0 ? Optional.empty() : Authority.of(target.substring(from, authorityEnd(target, from)));
    }

    private String usualPort() {
        String target = target().toLowerCase(Locale.ROOT);
        return target.startsWith("http://") ? "80" : target.startsWith("https://") ? "443" : "";
    }

    /** Readers that remove what Connection names would lose the framing, RFC 9110 §7.6.1. */
    private void refuseHopByHopFraming() throws BadMessage {
        for (String name : FRAMING) {
            if (hasToken("Connection", name)) {
                throw bad("Connection names " + name);
            }
        }
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
        if (isStrict()) {
            if (host >= 0) {
                checkHost(host);
            }
            refuseHopByHopFraming();
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
