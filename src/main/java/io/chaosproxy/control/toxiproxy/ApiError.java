package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.text.PlainText;
import java.util.LinkedHashMap;
import java.util.Map;

/** Error response of Toxiproxy's API, sent as {@code {"error":...,"status":...}}. */
final class ApiError extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    ApiError(int status, String text) {
        super(PlainText.withoutUsers(text), null, false, false);
        this.status = status;
    }

    /** Error response for an invalid request body. */
    static ApiError badBody(String reason) {
        return new ApiError(400, "bad request body: " + reason);
    }

    int status() {
        return status;
    }

    /** The text that is sent. */
    String text() {
        return String.valueOf(getMessage());
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("error", text());
        json.put("status", status);
        return json;
    }
}
