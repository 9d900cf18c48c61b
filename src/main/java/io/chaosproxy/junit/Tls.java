package io.chaosproxy.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * TLS on the listener of a proxy, by default with a certificate that is created when it starts; clients that get their context from
 * {@link Trusting} or {@link io.chaosproxy.ChaosProxy#trust} trust it.
 *
 * {@snippet :
 * @Chaos(upstream = "web()", tls = @Tls)
 * ChaosProxy web;
 *
 * @Test
 * void anExpiredCertificateIsRejected(@Trusting SSLContext trust) {
 *     HttpClient client = HttpClient.newBuilder().sslContext(trust).build();
 *     web.inject(BadCertificate.expired());
 *     assertThrows(SSLHandshakeException.class, () -> client.send(request(web.url()), discarding()));
 * }
 * }
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface Tls {
    /** {@return what a file would say in {@code tls { ... }}, such as {@code "certificate = server.pem, key = server.key"}} */
    String value() default "self-signed = true";
}
