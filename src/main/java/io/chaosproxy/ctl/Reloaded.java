package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.util.List;

/** The configuration file put in force again by a call without a body, and what the server says of it. */
final class Reloaded {
    private static final int MISTAKES = 422;

    private Reloaded() {}

    /**
     * Makes the call and prints that it was done, and what the server ignored.
     *
     * @throws IOException with all mistakes of the file, a line each
     */
    static void act(Ctl ctl, String call, String done) throws IOException {
        try {
            Answer answer = ctl.server().post(call);
            ctl.say(answer, done);
            if (!ctl.wantsJson() && answer.json().hasPath("ignored")) {
                answer.json().getStringList("ignored").forEach(line -> ctl.say(answer, "note: " + line));
            }
        } catch (Refusal refusal) {
            List<String> mistakes =
                    refusal.answer().errors().stream().map(Printable::of).toList();
            if (refusal.answer().status() != MISTAKES || mistakes.isEmpty()) {
                throw refusal;
            }
            String all = String.join(System.lineSeparator(), mistakes);
            throw new IOException(refusal.answer().detail() + System.lineSeparator() + all, refusal);
        }
    }
}
