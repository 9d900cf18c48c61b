package io.chaosproxy.fault;

/** A value that makes no sense, and the key of the configuration that it stands under. */
public sealed class InvalidValueException extends IllegalArgumentException permits RateConflict {
    private static final long serialVersionUID = 1L;

    private final String key;
    private final String reason;

    public InvalidValueException(String key, String reason) {
        super(key + ": " + reason);
        this.key = key;
        this.reason = reason;
    }

    /** The key as the configuration spells it, such as {@code max-hits}. */
    public String key() {
        return key;
    }

    /** What is wrong, without the key. */
    public String reason() {
        return reason;
    }
}
