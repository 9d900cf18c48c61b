/**
 * {@code chaos-proxy ctl}: sees and changes a chaos-proxy that runs elsewhere, through its native API.
 *
 * <p>It knows that API by its words alone: nothing here runs a proxy or a server.
 */
@NullMarked
package io.chaosproxy.ctl;

import org.jspecify.annotations.NullMarked;
