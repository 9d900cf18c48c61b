package io.chaosproxy.cli;

import io.chaosproxy.terminal.Screen;
import io.chaosproxy.terminal.Style;
import io.chaosproxy.terminal.Terminal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What is going on, drawn four times a second below an introduction; what is logged meanwhile appears between the two. */
final class LiveView {
    private static final Duration FRAME = Duration.ofMillis(250);

    private final Environment environment;
    private final List<String> introduction;
    private final AtomicBoolean resized = new AtomicBoolean();
    private final Style style = Style.ofOutput();

    /** The introduction has been printed; it is needed again when the terminal changes its size. */
    LiveView(Environment environment, List<String> introduction) {
        this.environment = environment;
        this.introduction = introduction;
    }

    /** Returns when it is asked to end, the cursor below the last drawing. */
    void show(Meter meter) throws InterruptedException {
        Signals.on("WINCH", () -> resized.set(true));
        try (Screen screen = new Screen(environment.out())) {
            environment.logging().to(screen::print);
            View view = view();
            do {
                if (resized.getAndSet(false)) {
                    view = view();
                    screen.clear(); // lines that the terminal has wrapped anew can't be found again
                    introduction.forEach(screen::print);
                }
                screen.draw(view.render(meter.read()));
            } while (!environment.ending().awaitFor(FRAME));
        } finally {
            environment.logging().to(environment.err()::println);
        }
    }

    private View view() {
        Terminal whole = environment.terminal().get().orElse(Terminal.USUAL);
        Terminal below = new Terminal(whole.columns(), whole.rows() - introduction.size());
        return new View(below, ZoneId.systemDefault(), style);
    }
}
