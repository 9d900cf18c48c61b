package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.util.List;

/** Error response of the control API; the message is that of the response. */
final class ErrorResponseException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient ApiResponse answer;

    ErrorResponseException(ApiResponse answer) {
        super(Printable.of(line(answer)));
        this.answer = answer;
    }

    private static String line(ApiResponse answer) {
        List<String> errors = answer.errors();
        if (errors.size() == 1) { // that of a form for all, it may say the same as the detail
            String error = errors.getFirst();
            if (error.endsWith(": " + answer.detail())) {
                return error;
            }
            if (answer.detail().endsWith(error.substring(error.indexOf(' ') + 1))) {
                return answer.detail();
            }
        }
        return answer.detail() + (errors.isEmpty() ? "" : ": " + String.join("; ", errors));
    }

    ApiResponse answer() {
        return answer;
    }
}
