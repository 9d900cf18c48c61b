package io.chaosproxy.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A parameter of type {@link javax.net.ssl.SSLContext} or {@link io.chaosproxy.ChaosTrust} that trusts the proxies of a test with
 * {@code tls = @Tls}, and nothing else: those of fields, and of parameters in front of it.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Trusting {}
