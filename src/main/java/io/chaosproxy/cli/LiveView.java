package io.chaosproxy.cli;

import io.chaosproxy.terminal.Screen;
import io.chaosproxy.terminal.Style;
import io.chaosproxy.terminal.Terminal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Live dashboard, drawn four times a second below an introduction, with log lines between the two. */
final class LiveView {
    private static final Duration FRAME = Duration.ofMillis(250);

    private final Environment environment;
    private final List<String> introduction;
    private final AtomicBoolean resized = new AtomicBoolean();
    private final Style style = Style.ofOutput();

    /** Creates a view; the introduction is already printed, and printed again when the terminal is resized. */
    LiveView(Environment environment, List<String> introduction) {
        this.environment = environment;
        this.introduction = introduction;
    }

    /** Returns on shutdown, with the cursor below the last frame. */
    void show(StatsSampler meter) throws InterruptedException {
        Signals.on("WINCH", () -> resized.set(true));
        try (Screen screen = new Screen(environment.out())) {
            environment.logging().to(screen::print);
            DashboardView view = view();
            do {
                if (resized.getAndSet(false)) {
                    view = view();
                    screen.clear(); // the terminal has rewrapped the lines, so they can't be overwritten in place
                    introduction.forEach(screen::print);
                }
                screen.draw(view.render(meter.read()));
            } while (!environment.ending().awaitFor(FRAME));
        } finally {
            environment.logging().to(environment.err()::println);
        }
    }

    private DashboardView view() {
        Terminal whole = environment.terminal().get().orElse(Terminal.DEFAULTS);
        Terminal below = new Terminal(whole.columns(), whole.rows() - introduction.size());
        return new DashboardView(below, ZoneId.systemDefault(), style);
    }
}
