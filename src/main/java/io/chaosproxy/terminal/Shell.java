package io.chaosproxy.terminal;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Words as they are typed into a shell. */
public final class Shell {
    private static final Pattern PLAIN = Pattern.compile("[\\w./:@%+,=\"-]+");

    private Shell() {}

    /** A word that the shell takes for one, in quotes if it needs them. */
    public static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** A line of words. */
    public static String line(List<String> words) {
        return words.stream().map(Shell::quoted).collect(Collectors.joining(" "));
    }
}
