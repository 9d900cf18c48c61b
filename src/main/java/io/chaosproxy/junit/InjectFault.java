package io.chaosproxy.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A rule that is in force from before {@code @BeforeEach} on, for one test or for all of a class. */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(InjectFault.All.class)
public @interface InjectFault {
    /** The rule as a file says it, such as {@code "type = latency, delay = 2s, probability = 0.5"}. */
    String value();

    /** Its name, which is part of every draw; left out: the kind of fault. */
    String name() default "";

    /** The names of the proxies that get it; left out: all. */
    String[] on() default {};

    /** Several of them. */
    @Documented
    @Inherited
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.TYPE, ElementType.METHOD})
    @interface All {
        /** In the order in which bytes meet them. */
        InjectFault[] value();
    }
}
