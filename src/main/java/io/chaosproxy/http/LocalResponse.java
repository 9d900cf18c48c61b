package io.chaosproxy.http;

import io.chaosproxy.fault.ExchangeFault;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A response that the proxy gives itself, ready to be sent.
 *
 * @param status three digits
 * @param head with its empty line
 * @param body empty for an answer to HEAD
 * @param keepAlive whether the connection goes on behind it
 */
record LocalResponse(int status, ByteBuffer head, ByteBuffer body, boolean keepAlive) {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Bytes of the head, sent ones included. */
    int headLength() {
        return head.limit();
    }

    /** The response of the rule, on a connection that goes on if {@code keepAlive} and unless the rule closes it. */
    static LocalResponse of(ExchangeFault.Response response, String method, boolean keepAlive) {
        return of(response.status(), response.body(), response.headers(), method, keepAlive);
    }

    /**
     * Heap for the head of the response of a rule, of which each exchange has one, unlike the body.
     *
     * @param edits characters that other rules add to it
     */
    static long memoryFor(ExchangeFault.Response response, long edits) {
        return HeadMemory.of(response.headerLength() + edits);
    }

    /** An error of which the proxy itself speaks; the connection ends with it. */
    static LocalResponse error(int status, String text, String method) {
        return error(status, text, method, Map.of());
    }

    /** This response with further fields. */
    static LocalResponse error(int status, String text, String method, Map<String, String> more) {
        Map<String, String> fields = new LinkedHashMap<>(more);
        fields.put("Content-Type", "text/plain; charset=utf-8");
        byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
        return of(status, ByteBuffer.wrap(body), fields, method, false);
    }

    /** This response with another head. */
    LocalResponse withHead(byte[] other, boolean staysOpen) {
        return new LocalResponse(status, ByteBuffer.wrap(other), body, staysOpen);
    }

    private static LocalResponse of(
            int status, ByteBuffer content, Map<String, String> fields, String method, boolean keepAlive) {
        boolean accepted = status / 100 == 2 && method.equals("CONNECT");
        // RFC 9110 §9.3.6 and §15.3.6, RFC 9112 §6.3, item 1
        boolean bodiless = accepted || status == 204 || status == 205 || status == 304;
        ByteBuffer body = bodiless ? NOTHING.duplicate() : content;
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " " + phrase(status) + "\r\n");
        String options = "";
        for (Map.Entry<String, String> field : fields.entrySet()) {
            if (field.getKey().equalsIgnoreCase("Connection")) {
                options = field.getValue();
            } else {
                head.append(field.getKey())
                        .append(": ")
                        .append(field.getValue())
                        .append("\r\n");
            }
        }
        if (!bodiless || (status == 205 && !accepted)) {
            head.append("Content-Length: ").append(body.remaining()).append("\r\n");
        }
        // What follows an accepted CONNECT is no HTTP any more, and there is no tunnel that it could go into.
        boolean stays = keepAlive && !accepted && !hasOption(options, "close");
        head.append("Connection: ").append(connection(options, stays)).append("\r\n\r\n");
        return new LocalResponse(
                status,
                ByteBuffer.wrap(head.toString().getBytes(StandardCharsets.UTF_8)),
                method.equals("HEAD") ? NOTHING.duplicate() : body,
                stays);
    }

    /** The single {@code Connection} field: the options of the rule, and whether the connection stays (RFC 9112 §9.6). */
    private static String connection(String options, boolean stays) {
        String own = stays ? "keep-alive" : "close";
        if (options.isBlank() || (!stays && hasOption(options, "keep-alive"))) {
            return own;
        }
        return stays || hasOption(options, own) ? options : options + ", " + own;
    }

    private static boolean hasOption(String options, String wanted) {
        for (String option : options.split(",", -1)) {
            if (option.strip().equalsIgnoreCase(wanted)) {
                return true;
            }
        }
        return false;
    }

    /** The usual words for a status (RFC 9110 §15, RFC 6585); a status line may do without (RFC 9112 §4). */
    private static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 201 -> "Created";
            case 202 -> "Accepted";
            case 204 -> "No Content";
            case 205 -> "Reset Content";
            case 301 -> "Moved Permanently";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 307 -> "Temporary Redirect";
            case 308 -> "Permanent Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 407 -> "Proxy Authentication Required";
            case 408 -> "Request Timeout";
            case 409 -> "Conflict";
            case 410 -> "Gone";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 425 -> "Too Early";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            case 507 -> "Insufficient Storage";
            case 511 -> "Network Authentication Required";
            default -> "";
        };
    }
}
