"""The app for others: a class on one computer (`classroom`), and the app on a stick
(`usb`).

`usb` works before any package is installed, so nothing may be imported here.
"""
