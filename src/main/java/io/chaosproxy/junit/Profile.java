package io.chaosproxy.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A network with a name, for one test or for all of a class; that of a test takes the place of its class's. */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Profile {
    /** Such as {@code 3g}. */
    String value();

    /** The names of the proxies that get it; left out: all. */
    String[] on() default {};
}
