package io.chaosproxy.control.toxiproxy;

/** A refusal in Toxiproxy's words, sent as {@code {"error":...,"status":...}}. */
final class ApiError extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    ApiError(int status, String text) {
        super(text, null, false, false);
        this.status = status;
    }

    /** What is wrong with a body; the reason is the parser's, or ours where a value makes no sense. */
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

    String json() {
        return "{\"error\":" + GoJson.quote(text()) + ",\"status\":" + status + "}";
    }
}
