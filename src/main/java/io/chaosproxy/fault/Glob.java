package io.chaosproxy.fault;

import java.util.regex.Pattern;

/**
 * A pattern with wildcards.
 *
 * <p>In paths {@code *} stands for any characters but {@code /}, {@code **} for any, and {@code ?} for one. In other texts
 * {@code *} stands for any characters.
 */
public final class Glob {
    private final String text;
    private final Pattern pattern;

    private Glob(String text, Pattern pattern) {
        this.text = text;
        this.pattern = pattern;
    }

    /** A pattern for paths, where case matters. */
    public static Glob path(String text) {
        return new Glob(text, Pattern.compile(regex(text, "[^/]"), Pattern.DOTALL));
    }

    /** A pattern for host names and field values, where case doesn't matter. */
    public static Glob text(String text) {
        return new Glob(text, Pattern.compile(regex(text, "."), Pattern.CASE_INSENSITIVE | Pattern.DOTALL));
    }

    private static String regex(String glob, String any) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            if (c == '?') {
                regex.append(any);
            } else if (c != '*') {
                regex.append(Pattern.quote(String.valueOf(c)));
            } else if (i + 1 < glob.length() && glob.charAt(i + 1) == '*') {
                regex.append(".*");
                i++;
            } else {
                regex.append(any).append('*');
            }
        }
        return regex.toString();
    }

    public boolean matches(String candidate) {
        return pattern.matcher(candidate).matches();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Glob glob && glob.text.equals(text) && glob.pattern.flags() == pattern.flags();
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
