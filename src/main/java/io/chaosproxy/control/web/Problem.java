package io.chaosproxy.control.web;

import io.chaosproxy.text.PlainText;
import io.helidon.http.Status;
import java.util.List;

/**
 * A refusal as RFC 9457 has it; a handler throws it, the server sends it as {@code application/problem+json}.
 *
 * <p>The fields that are wrong stand in {@code errors}, each with the path of the configuration and what is wrong.
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Status status;
    private final transient List<Field> errors;

    /**
     * One field that is wrong.
     *
     * @param path such as {@code faults.slow.delay}
     */
    public record Field(String path, String message) {
        public Field {
            path = PlainText.withoutUsers(path);
            message = PlainText.withoutUsers(message);
        }
    }

    public Problem(Status status, String detail, List<Field> errors) {
        super(PlainText.withoutUsers(detail), null, false, false);
        this.status = status;
        this.errors = List.copyOf(errors);
    }

    public Problem(Status status, String detail) {
        this(status, detail, List.of());
    }

    public static Problem notFound(String what, String name) {
        return new Problem(Status.NOT_FOUND_404, "there is no " + what + " named " + name);
    }

    public Status status() {
        return status;
    }

    public List<Field> errors() {
        return errors;
    }
}
