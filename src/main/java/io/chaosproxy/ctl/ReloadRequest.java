package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.util.List;

/** Request that applies the configuration file again, with output of its result. */
final class ReloadRequest {
    private static final int UNPROCESSABLE = 422;

    private ReloadRequest() {}

    /**
     * Sends the request and prints a confirmation and the ignored settings.
     *
     * @throws IOException with all errors of the file, one per line
     */
    static void act(Ctl ctl, String call, String done) throws IOException {
        try {
            ApiResponse answer = ctl.server().post(call);
            ctl.say(answer, done);
            if (!ctl.printsResponse() && answer.json().hasPath("ignored")) {
                answer.json().getStringList("ignored").forEach(line -> ctl.say(answer, "note: " + line));
            }
        } catch (ErrorResponseException refusal) {
            List<String> errors =
                    refusal.answer().errors().stream().map(Printable::of).toList();
            if (refusal.answer().status() != UNPROCESSABLE || errors.isEmpty()) {
                throw refusal;
            }
            String all = String.join(System.lineSeparator(), errors);
            throw new IOException(refusal.answer().detail() + System.lineSeparator() + all, refusal);
        }
    }
}
