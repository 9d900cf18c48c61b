package io.chaosproxy.fault;

/** A rate with {@code shared = all} differs from the one that another proxy has under the same name. */
public final class RateConflict extends InvalidValueException {
    private static final long serialVersionUID = 1L;

    RateConflict(String key, String otherProxy) {
        super(key, "proxy " + otherProxy + " has a rule of this name with shared = all and another rate");
    }
}
