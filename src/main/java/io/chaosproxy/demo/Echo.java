package io.chaosproxy.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;

/**
 * The request sent back: its head and, if it is text, its body as plain text; any other body of a POST or PUT as it is,
 * under its own content type.
 *
 * <p>Bodies are handed back as they arrive. The header fields have the values that arrived; Helidon spells well-known
 * names the usual way and keeps no order among different names.
 */
final class Echo implements Handler {
    private static final int BUFFER_SIZE = 16 * 1024;
    private static final String OCTETS = "application/octet-stream";

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        boolean body = request.content().hasEntity() && !DemoOrigin.isHead(request);
        String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse(OCTETS);
        boolean text = type.toLowerCase(Locale.ROOT).startsWith("text/");
        if (body && !text && isUpload(request)) {
            sendBody(request, response, type);
        } else if (body && text) {
            sendHeadAndText(request, response);
        } else {
            DemoOrigin.sendText(request, response, Status.OK_200, head(request));
        }
    }

    private static boolean isUpload(ServerRequest request) {
        Method method = request.prologue().method();
        return method.equals(Method.POST) || method.equals(Method.PUT);
    }

    private static void sendBody(ServerRequest request, ServerResponse response, String type) throws IOException {
        response.header(HeaderNames.CONTENT_TYPE, type);
        request.headers().contentLength().ifPresent(response.headers()::contentLength);
        try (OutputStream out = response.outputStream()) {
            copyBody(request, out);
        }
    }

    private static void sendHeadAndText(ServerRequest request, ServerResponse response) throws IOException {
        response.header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        try (OutputStream out = response.outputStream()) {
            out.write(head(request).getBytes(UTF_8));
            copyBody(request, out);
        }
    }

    /** Flushes after each piece, so that a client may wait for the echo of one before it sends the next. */
    private static void copyBody(ServerRequest request, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_SIZE];
        try (InputStream in = request.content().inputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
                out.flush();
            }
        }
    }

    private static String head(ServerRequest request) {
        HttpPrologue line = request.prologue();
        StringBuilder head = new StringBuilder();
        head.append(line.method().text()).append(' ').append(line.uriPath().rawPath());
        if (line.hasQuery()) {
            head.append('?').append(line.query().rawValue());
        }
        head.append(' ').append(line.rawProtocol()).append('\n');
        for (Header field : request.headers()) {
            for (String value : field.allValues()) {
                head.append(field.name()).append(": ").append(value).append('\n');
            }
        }
        return head.append('\n').toString();
    }
}
