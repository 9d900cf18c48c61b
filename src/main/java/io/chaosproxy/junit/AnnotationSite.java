package io.chaosproxy.junit;

import io.chaosproxy.config.ConfigError;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.fault.InvalidValueException;
import java.io.UncheckedIOException;
import java.lang.reflect.Parameter;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/**
 * Site of an annotation, and the exceptions for errors there.
 *
 * @param text such as {@code @InjectFault on ShopTest.checkout}
 * @param where class and member, such as {@code ShopTest.checkout}
 * @param failure creates JUnit's exception from message and cause
 */
record AnnotationSite(String text, String where, Failure failure) {
    /** Exception factory; JUnit has a separate exception for parameters. */
    @FunctionalInterface
    interface Failure {
        RuntimeException of(String message, Throwable cause);
    }

    /** An annotation on a parameter. */
    static AnnotationSite of(String annotation, Parameter parameter) {
        String where = parameter.getDeclaringExecutable().getDeclaringClass().getSimpleName() + "."
                + parameter.getDeclaringExecutable().getName();
        return new AnnotationSite(
                annotation + " on parameter " + parameter.getName() + " of " + where,
                where,
                ParameterResolutionException::new);
    }

    /** Runs a supplier and translates its validation errors. */
    <T> T check(Supplier<T> made) {
        try {
            return made.get();
        } catch (InvalidConfigException e) {
            throw failure.of(text + ": " + words(e), e);
        } catch (InvalidValueException | UncheckedIOException e) {
            throw failure.of(text + ": " + e.getMessage(), e);
        }
    }

    private static String words(InvalidConfigException invalid) {
        return invalid.errors().stream().map(AnnotationSite::words).collect(Collectors.joining("; "));
    }

    private static String words(ConfigError error) {
        return error.path().isEmpty() ? error.message() : error.path() + ": " + error.message();
    }

    /** Exception for an error of the annotation itself. */
    RuntimeException error(String message) {
        return failure.of(text + ": " + message, new IllegalArgumentException(message));
    }
}
