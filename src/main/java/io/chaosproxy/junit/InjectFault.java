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
    /** {@return the rule as a file says it, such as {@code "type = latency, delay = 2s, probability = 0.5"}} */
    String value();

    /** {@return its name, which is part of every draw} Left out: the kind of fault. */
    String name() default "";

    /** {@return the names of the proxies that get it} Left out: all. */
    String[] on() default {};

    /** Several of them. */
    @Documented
    @Inherited
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.TYPE, ElementType.METHOD})
    @interface All {
        /**
         * In the order in which bytes meet them.
         *
         * @return the faults of one element
         */
        InjectFault[] value();
    }
}
