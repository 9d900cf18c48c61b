package io.chaosproxy.helidon;

import io.helidon.http.Header;
import io.helidon.http.Headers;
import io.helidon.webclient.api.WebClientServiceRequest;
import io.helidon.webclient.api.WebClientServiceResponse;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** Bytes that a head takes on an HTTP/1.1 connection, without what Helidon adds when it writes it. */
final class HeadLength {
    private static final int REQUEST_LINE = "  HTTP/1.1\r\n".length();
    private static final int STATUS_LINE = "HTTP/1.1 200 \r\n".length();
    private static final int FIELD = ": \r\n".length();
    private static final int EMPTY_LINE = "\r\n".length();

    private HeadLength() {}

    static int of(RoutingRequest request) {
        return REQUEST_LINE
                + request.prologue().method().text().length()
                + request.prologue().uriPath().rawPath().length()
                + request.prologue().query().rawValue().length()
                + of(request.headers());
    }

    static int of(RoutingResponse response) {
        return STATUS_LINE + response.status().reasonPhrase().length() + of(response.headers());
    }

    static int of(WebClientServiceRequest request) {
        return REQUEST_LINE
                + request.method().text().length()
                + request.uri().path().rawPath().length()
                + request.uri().query().rawValue().length()
                + of(request.headers());
    }

    static int of(WebClientServiceResponse response) {
        return STATUS_LINE + response.status().reasonPhrase().length() + of(response.headers());
    }

    private static int of(Headers fields) {
        int length = EMPTY_LINE;
        for (Header field : fields) {
            for (String value : field.allValues()) {
                length += field.name().length() + value.length() + FIELD;
            }
        }
        return length;
    }
}
