package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.util.List;

/** The server's no, in its own words. */
final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Answer answer;

    Refusal(Answer answer) {
        super(Printable.of(line(answer)));
        this.answer = answer;
    }

    private static String line(Answer answer) {
        List<String> errors = answer.errors();
        return answer.detail() + (errors.isEmpty() ? "" : ": " + String.join("; ", errors));
    }

    Answer answer() {
        return answer;
    }
}
