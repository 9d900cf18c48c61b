/**
 * {@code chaos-proxy ctl}: inspects and changes a running chaos-proxy through its native API.
 *
 * <p>Depends only on the API's HTTP interface, not on the packages that implement it.
 */
@NullMarked
package io.chaosproxy.ctl;

import org.jspecify.annotations.NullMarked;
