package io.chaosproxy.terminal;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Quoting for a POSIX shell. */
public final class Shell {
    private static final Pattern PLAIN = Pattern.compile("[\\w./:@%+,=\"-]+");

    private Shell() {}

    /** Quotes a word if necessary. */
    public static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Command line of quoted words. */
    public static String line(List<String> words) {
        return words.stream().map(Shell::quoted).collect(Collectors.joining(" "));
    }
}
