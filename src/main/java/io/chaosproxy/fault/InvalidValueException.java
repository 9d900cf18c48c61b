package io.chaosproxy.fault;

/** A value that makes no sense, and the key of the configuration that it stands under. */
public sealed class InvalidValueException extends IllegalArgumentException permits RateConflict {
    private static final long serialVersionUID = 1L;

    /** Key as the configuration spells it. */
    private final String key;

    /** Reason, without the key. */
    private final String reason;

    /**
     * An exception with the message {@code key: reason}.
     *
     * @param key key as the configuration spells it
     * @param reason what is wrong, without the key
     */
    public InvalidValueException(String key, String reason) {
        super(key + ": " + reason);
        this.key = key;
        this.reason = reason;
    }

    /** {@return the key as the configuration spells it, such as {@code max-hits}} */
    public String key() {
        return key;
    }

    /** {@return what is wrong, without the key} */
    public String reason() {
        return reason;
    }
}
