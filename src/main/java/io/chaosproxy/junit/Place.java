package io.chaosproxy.junit;

import io.chaosproxy.config.ConfigError;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.fault.Refused;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Where an annotation stands, and how a mistake there is told.
 *
 * @param text such as {@code @Inflict on ShopTest.checkout}
 * @param where only the class and the member, such as {@code ShopTest.checkout}
 * @param failure makes JUnit's exception of message and cause
 */
record Place(String text, String where, Failure failure) {
    /** JUnit has one exception for parameters and another for all else. */
    @FunctionalInterface
    interface Failure {
        RuntimeException of(String message, Throwable cause);
    }

    /** What comes of something that may be refused. */
    <T> T check(Supplier<T> made) {
        try {
            return made.get();
        } catch (InvalidConfigException e) {
            throw failure.of(text + ": " + words(e), e);
        } catch (Refused | UncheckedIOException e) {
            throw failure.of(text + ": " + e.getMessage(), e);
        }
    }

    private static String words(InvalidConfigException mistakes) {
        return mistakes.errors().stream().map(Place::words).collect(Collectors.joining("; "));
    }

    private static String words(ConfigError mistake) {
        return mistake.path().isEmpty() ? mistake.message() : mistake.path() + ": " + mistake.message();
    }

    /** What is wrong here by itself. */
    RuntimeException mistake(String message) {
        return failure.of(text + ": " + message, new IllegalArgumentException(message));
    }
}
