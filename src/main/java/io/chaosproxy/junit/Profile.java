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
    /**
     * Such as {@code 3g}.
     *
     * @return the name of the profile
     */
    String value();

    /** {@return the names of the proxies that get it} Left out: all. */
    String[] on() default {};
}
