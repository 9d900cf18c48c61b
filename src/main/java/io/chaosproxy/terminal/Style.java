package io.chaosproxy.terminal;

/** How headings stand out. */
public enum Style {
    PLAIN,
    ANSI;

    /** What the user of this process wants: see https://no-color.org. */
    public static Style ofOutput() {
        return System.getenv("NO_COLOR") == null ? ANSI : PLAIN;
    }

    public String heading(String text) {
        return this == ANSI ? "\u001b[2m" + text + "\u001b[22m" : text;
    }
}
