package io.chaosproxy.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that was refused, with all that is wrong with it; the message has one line for each mistake. */
public final class ConfigMistakes extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<Mistake> mistakes;

    ConfigMistakes(List<Mistake> mistakes) {
        super(mistakes.stream().map(Mistake::toString).collect(Collectors.joining("\n")));
        this.mistakes = List.copyOf(mistakes);
    }

    /** At least one, in the order of the files' lines. */
    public List<Mistake> mistakes() {
        return mistakes;
    }
}
