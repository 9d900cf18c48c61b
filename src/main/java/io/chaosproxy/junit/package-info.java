/**
 * Proxies in tests of JUnit Jupiter, 5.12 and newer: fields and parameters that are proxies, faults as annotations, and on a
 * failure the seed that repeats it.
 *
 * <p>It needs {@code org.junit.jupiter:junit-jupiter-api}, which a project with such tests has.
 */
@NullMarked
package io.chaosproxy.junit;

import org.jspecify.annotations.NullMarked;
