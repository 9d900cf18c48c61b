package io.chaosproxy.terminal;

/** Style of headings. */
public enum Style {
    PLAIN,
    ANSI;

    /** Style for the standard output; respects NO_COLOR, see https://no-color.org. */
    public static Style ofOutput() {
        return System.getenv("NO_COLOR") == null ? ANSI : PLAIN;
    }

    public String heading(String text) {
        return this == ANSI ? "\u001b[2m" + text + "\u001b[22m" : text;
    }
}
