package io.chaosproxy.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Thrown for an invalid configuration, with all of its errors; the message has one line per error.
 *
 * <p>Not named ConfigException, which is the name of the parser library's exception.
 */
public final class InvalidConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigError> errors;

    /**
     * An exception with these errors.
     *
     * @param errors at least one, in the order in which they are reported
     */
    public InvalidConfigException(List<ConfigError> errors) {
        super(errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
        this.errors = List.copyOf(errors);
    }

    /**
     * At least one error, ordered by source location.
     *
     * @return the errors
     */
    public List<ConfigError> errors() {
        return errors;
    }
}
