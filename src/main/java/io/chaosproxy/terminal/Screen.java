package io.chaosproxy.terminal;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Region at the end of a terminal's output that is redrawn in place, below ordinary lines. Thread-safe.
 *
 * <p>Uses the control sequences of ECMA-48: cursor up, erase to the end of the line or the screen, and DEC's for the cursor.
 */
public final class Screen implements AutoCloseable {
    private static final String ESC = "\u001b[";
    private static final String HIDE_CURSOR = ESC + "?25l";
    private static final String SHOW_CURSOR = ESC + "?25h";
    private static final String ERASE_LINE = ESC + "K";
    private static final String ERASE_BELOW = ESC + "J";
    private static final String ERASE_ALL = ESC + "H" + ESC + "2J";

    private final PrintWriter out;
    private final ReentrantLock lock = new ReentrantLock();
    private List<String> drawn = List.of();

    public Screen(PrintWriter out) {
        this.out = out;
        write(HIDE_CURSOR);
    }

    /** Redraws the region with these lines. */
    public void draw(List<String> lines) {
        lock.lock();
        try {
            write(back() + text(lines) + ERASE_BELOW);
            drawn = List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    /** Prints a line above the region. */
    public void print(String line) {
        lock.lock();
        try {
            write(back() + text(List.of(line)) + text(drawn) + ERASE_BELOW);
        } finally {
            lock.unlock();
        }
    }

    /** Clears the terminal. */
    public void clear() {
        lock.lock();
        try {
            drawn = List.of();
            write(ERASE_ALL);
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the last frame, and moves the cursor below it. */
    @Override
    public void close() {
        write(SHOW_CURSOR);
    }

    private String back() {
        return drawn.isEmpty() ? "\r" : "\r" + ESC + drawn.size() + "A";
    }

    private static String text(List<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append(ERASE_LINE).append('\n'));
        return text.toString();
    }

    private void write(String text) {
        out.print(text);
        out.flush();
    }
}
