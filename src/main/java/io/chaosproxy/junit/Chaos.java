package io.chaosproxy.junit;

import io.chaosproxy.fault.Protocol;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A proxy for a test: a field or a parameter of the type {@link io.chaosproxy.ChaosProxy}.
 *
 * <p>That of a field that isn't static, and that of a parameter of a test, is new for each test, running before
 * {@code @BeforeEach}. That of a static field, and that of a parameter of {@code @BeforeAll}, lives as long as the class;
 * before each test it is switched on, and its plan and its journal are cleared, so tests that share it run one after the other.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER})
public @interface Chaos {
    /**
     * {@return where it leads: {@code host:port}, a URL, or {@code name()} for the method without parameters, of the test's
     * class or one around it, that returns one of these, a port of this machine, or a socket address} Only a forward proxy goes without.
     */
    String upstream() default "";

    /** {@return its protocol} Left out: {@code HTTP} if the upstream is a URL, else {@code TCP}. */
    Protocol[] protocol() default {};

    /** {@return its name, which is part of every draw} Left out: that of the field or parameter. */
    String name() default "";

    /** {@return TLS on its listener: {@code tls = @Tls}} Left out: none. */
    Tls[] tls() default {};

    /** {@return what else a file could say of it, such as {@code "listen = \"127.0.0.1:15432\", latency = 5ms"}} */
    String config() default "";
}
