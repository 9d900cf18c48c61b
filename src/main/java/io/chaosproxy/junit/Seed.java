package io.chaosproxy.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Seed of the random draws of a test; with the seed in a failure's report, the test fails the same way again.
 *
 * <p>Left out, it is the configuration parameter {@code chaos-proxy.seed} of JUnit's, or else drawn anew for each test. What a
 * proxy of a static field does hangs on the connections of all tests before, so its seed repeats the run of a whole class.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Seed {
    /**
     * As it was told.
     *
     * @return the seed
     */
    long value();
}
